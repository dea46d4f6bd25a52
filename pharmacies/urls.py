from django.urls import path

from pharmacies import token_views, views

urlpatterns = [
    path("pharmacies/", views.pharmacies, name="pharmacies"),
    path("pharmacies/new/", views.new_pharmacy, name="new_pharmacy"),
    path("pharmacies/<int:pk>/", views.pharmacy, name="pharmacy"),
    path("pharmacies/<int:pk>/deactivate/", views.deactivate, name="deactivate_pharmacy"),
    path("pharmacies/<int:pk>/reactivate/", views.reactivate, name="reactivate_pharmacy"),
    path("pharmacies/<int:pk>/tokens/", token_views.create_token, name="create_token"),
    path("pharmacies/<int:pk>/tokens/<int:token_pk>/revoke/", token_views.revoke_token, name="revoke_token"),
]
