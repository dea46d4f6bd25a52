from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts import factor_views, people_views, views

urlpatterns = [
    path("accounts/login/", views.SignInView.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("accounts/password/", views.password, name="password"),
    path("accounts/second-factor/", factor_views.second_factor_page, name="second_factor"),
    path("accounts/second-factor/own/", factor_views.own_factor, name="own_factor"),
    path("people/<int:pk>/reset-factor/", factor_views.reset_factor, name="reset_factor"),
    path("accounts/mails/", views.mails, name="mails"),
    path("accounts/sign-out-others/", views.sign_out_others, name="sign_out_others"),
    path("accounts/sessions/", views.sessions, name="sessions"),
    path("people/<int:pk>/sessions/<int:sign_in>/end/", views.end_session, name="end_session"),
    path("accounts/stay/", views.stay, name="stay"),
    path("people/", people_views.people, name="people"),
    path("people/new/", people_views.new_person, name="new_person"),
    path("people/<int:pk>/", people_views.person, name="person"),
    path("people/<int:pk>/reset-password/", people_views.reset_password, name="reset_password"),
    path("people/<int:pk>/disable/", people_views.disable, name="disable_person"),
    path("people/<int:pk>/enable/", people_views.enable, name="enable_person"),
    path("people/<int:pk>/anonymise/", people_views.anonymise, name="anonymise_person"),
    path("people/<int:pk>/unlock/", people_views.unlock, name="unlock_person"),
]
