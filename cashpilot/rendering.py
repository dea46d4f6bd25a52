from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    """Every field is drawn by one component."""

    field_template_name = "components/field.html"
