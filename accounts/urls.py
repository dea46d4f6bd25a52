from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts import views

urlpatterns = [
    path("login/", views.SignInView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", views.password, name="password"),
    path("mails/", views.mails, name="mails"),
    path("sign-out-others/", views.sign_out_others, name="sign_out_others"),
    path("stay/", views.stay, name="stay"),
]
