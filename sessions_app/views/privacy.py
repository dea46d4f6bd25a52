"""The page that says what is kept of whom and how long, and a person's data as a file."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import User
from cashpilot.web.http import Request
from sessions_app.queries import person_data


@require_safe
def privacy(request: Request) -> HttpResponse:
    return render(request, "accounts/privacy.html")


@require_safe
def own_data(request: Request) -> StreamingHttpResponse:
    return _file(request, request.user)


@require_safe
@permission_required("accounts.change_user", raise_exception=True)
def data_of_person(request: Request, pk: int) -> StreamingHttpResponse:
    return _file(request, get_object_or_404(User.objects.visible_to(request.user), pk=pk))


def _file(request: Request, person: User) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(person_data.written(person, reader=request.user), content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="person-{person.pk}.json"'
    return answer
