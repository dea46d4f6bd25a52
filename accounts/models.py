from typing import Any

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts import devices
from accounts.querysets import SignInQuerySet, UserQuerySet
from cashpilot import periods
from cashpilot.db import sealing
from cashpilot.db.history import History, Tracked
from cashpilot.db.sealing import Sealed

# Of the e-mail of people who were made anonymous; no mail ever leaves for it.
NOBODYS_HOST = "anonymous.invalid"
EMAIL_TAKEN = _("Somebody already has this e-mail.")

# One row tells the person and the role together, so accounts/actions.py writes it itself.
HISTORY = HistoricalRecords(
    history_manager=History, bases=[Sealed], excluded_fields=["password", "password_seal"], m2m_fields=["groups"]
)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Django's own entry points; people are made by accounts/actions.py."""

    def get_by_natural_key(self, email: str | None) -> "User":
        user: User = self.get(email=User.normalize_username(email or ""))
        return user

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user: User = self.model(email=User.normalize_username(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(Tracked, AbstractBaseUser, PermissionsMixin):
    """A person. The e-mail is the login; the role is the group (accounts/roles.py); nobody is ever deleted."""

    class Language(models.TextChoices):
        SPANISH = "es", _("Spanish")
        ENGLISH = "en", _("English")

    # Django would save the person, and so a history row, at every sign-in.
    last_login = None
    email = models.EmailField(_("e-mail"), unique=True, error_messages={"unique": EMAIL_TAKEN})
    first_name = models.CharField(_("first name"), max_length=100)
    last_name = models.CharField(_("last name"), max_length=100)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("works in the back office"), default=False, editable=False)
    must_change_password = models.BooleanField(_("must change the password"), default=False)
    sign_outs = models.PositiveIntegerField(_("times signed out everywhere"), default=0, editable=False)
    # Of the password's hash, which is in no history; `sealing` says with what.
    password_seal = models.CharField(max_length=sealing.SEAL_LENGTH, blank=True, default="", editable=False)
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.SPANISH)
    mails_alerts = models.BooleanField(_("mails about differences and flags"), default=True)
    mails_own_flags = models.BooleanField(_("mails about own flagged shifts"), default=False)
    mails_digest = models.BooleanField(_("mail each morning"), default=False)
    date_joined = models.DateTimeField(_("added"), default=timezone.now, editable=False)

    objects = UserManager()
    history = HISTORY
    # As it is in the database.
    _stored_password: str | None = None
    # A person's role is replaced; what only superusers are allowed is given by nobody.
    links_that_end = ("groups",)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["first_name", "last_name"]
        default_permissions = ("add", "change", "view")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="email_is_unique_whatever_its_case",
                violation_error_message=EMAIL_TAKEN,
            )
        ]

    def __str__(self) -> str:
        return self.get_full_name()

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> "User":
        person = super().from_db(*args, **kwargs)
        person._stored_password = person.__dict__.get("password")
        return person

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self._stored_password = self.__dict__.get("password")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Seal the password if it is another one than was read; one replaced behind our back stays as it is."""
        super().save(*args, **kwargs)
        if self.__dict__.get("password") != self._stored_password:
            self.seal_password()

    def seal_password(self) -> None:
        self.password_seal = sealing.sealed(self._said_of_the_password())
        User.objects.filter(pk=self.pk).update(password_seal=self.password_seal)
        self._stored_password = self.password

    def is_password_sealed(self) -> bool:
        """Whether it is the one that was sealed. Raises KeyError if AUDIT_KEYS does not hold the key any more."""
        return bool(self.password_seal) and sealing.holds(self.password_seal, self._said_of_the_password())

    def _said_of_the_password(self) -> str:
        return f"password of {self.pk}: {self.password}"

    @classmethod
    def normalize_username(cls, username: Any) -> Any:
        """One spelling of an e-mail, so that one account is one account to the login, its lockout and the index."""
        return super().normalize_username(username).strip().lower()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Say whether the role has the permission: from what a backend found, which Django asks anew each time."""
        found: set[str] | None = self.__dict__.get("_group_perm_cache")
        if found is None or obj is not None or self.is_superuser:
            return super().has_perm(perm, obj)
        return self.is_active and perm in found

    @property
    def is_anonymous_for_good(self) -> bool:
        return self.email.endswith(f"@{NOBODYS_HOST}")

    @property
    def role(self) -> str:
        """Return a name of roles.ROLES; empty for superusers."""
        return next((group.name for group in self.groups.all()), "")

    def check_password(self, raw_password: str | None) -> bool:
        """Return whether it is the password; one that an older hasher hashed is then stored by the present one.

        Past `save`, which would write a history row in which nothing changed.
        """

        def hash_anew(password: str) -> None:
            was_sealed = self.password_seal.partition(":")[0] in sealing.known_keys() and self.is_password_sealed()
            self.set_password(password)
            self._password = None  # or the next save would call it a new password
            User.objects.filter(pk=self.pk).update(password=self.password)
            self._stored_password = self.password
            if was_sealed:
                self.seal_password()

        return check_password(raw_password, self.password, hash_anew)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """A session lasts as long as this does: to end them all, change the password or count up `sign_outs`."""
        value = f"{self.password}{self.sign_outs}"
        return salted_hmac("accounts.User.session", value, secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    def get_short_name(self) -> str:
        return self.first_name or self.email


class SignIn(models.Model):
    """Something that happened at a sign-in. accounts/sign_ins.py writes it, once and for good."""

    is_append_only = True

    class Kind(models.TextChoices):
        SIGNED_IN = "in", _("Signed in")
        FAILED = "failed", _("Wrong password or code")
        PAUSED = "paused", _("Sign in is paused")
        REFUSED = "refused", _("Tried during the pause")
        UNLOCKED = "unlocked", _("The pause was ended")
        SIGNED_OUT = "out", _("Signed out")
        ENDED = "ended", _("Session ended from elsewhere")

    happened_at = models.DateTimeField(_("when"), default=periods.now, editable=False)
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    # Nobody, where the account does not exist.
    person = models.ForeignKey(User, models.PROTECT, related_name="sign_ins", null=True, verbose_name=_("person"))
    account = models.CharField(_("typed"), max_length=254)
    address = models.GenericIPAddressField(_("address"), null=True)
    # What its signed cookie bears; empty for a device where nobody ever signed in.
    device = models.CharField(max_length=40, blank=True)
    is_known_device = models.BooleanField(_("device used before"), default=False)
    browser = models.CharField(_("device"), max_length=200, blank=True)
    # Who ended the session or the pause, if it was not the person.
    by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, verbose_name=_("by"))

    objects = SignInQuerySet.as_manager()

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        default_permissions = ("view",)
        ordering = ["-id"]
        indexes = [
            models.Index("account", "kind", models.F("id").desc(), name="sign_ins_of_an_account"),
            models.Index("address", "kind", models.F("id").desc(), name="sign_ins_from_an_address"),
            models.Index("device", "kind", models.F("id").desc(), name="sign_ins_at_a_device"),
            models.Index("person", models.F("id").desc(), name="sign_ins_of_a_person"),
            models.Index("happened_at", name="sign_ins_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.account}"

    @property
    def device_name(self) -> str:
        """Return the browser and its system, by the names that people know."""
        return devices.name_of(self.browser)
