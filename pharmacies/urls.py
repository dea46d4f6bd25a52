from django.urls import path

from pharmacies import views

urlpatterns = [
    path("pharmacies/", views.pharmacies, name="pharmacies"),
    path("pharmacies/new/", views.new_pharmacy, name="new_pharmacy"),
    path("pharmacies/<int:pk>/", views.pharmacy, name="pharmacy"),
    path("pharmacies/<int:pk>/deactivate/", views.deactivate, name="deactivate_pharmacy"),
    path("pharmacies/<int:pk>/reactivate/", views.reactivate, name="reactivate_pharmacy"),
]
