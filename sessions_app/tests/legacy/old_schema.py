"""Two schemas of the old system: the newest, and the first one, of five tables."""

NEWEST = """
CREATE TABLE users (
    id uuid PRIMARY KEY, email varchar(255) NOT NULL, hashed_password varchar NOT NULL, is_active boolean NOT NULL,
    created_at timestamptz NOT NULL, first_name varchar(100) NOT NULL, last_name varchar(100) NOT NULL,
    role varchar(20) NOT NULL
);
CREATE TABLE businesses (
    id uuid PRIMARY KEY, name varchar(200) NOT NULL, address varchar(500), phone varchar(50),
    is_active boolean NOT NULL, created_at timestamptz NOT NULL
);
CREATE TABLE user_businesses (
    id uuid PRIMARY KEY, user_id uuid NOT NULL, business_id uuid NOT NULL, assigned_at timestamptz NOT NULL
);
CREATE TABLE cash_sessions (
    id uuid PRIMARY KEY, business_id uuid NOT NULL, cashier_id uuid NOT NULL, created_by uuid,
    session_number integer NOT NULL, session_date date NOT NULL, opened_time time NOT NULL, closed_time time,
    status varchar(50) NOT NULL, initial_cash numeric(12,2) NOT NULL, final_cash numeric(12,2),
    envelope_amount numeric(12,2) NOT NULL DEFAULT 0, card_total numeric(12,2) NOT NULL DEFAULT 0,
    bank_transfer_total numeric(12,2) NOT NULL DEFAULT 0, expenses numeric(12,2) NOT NULL DEFAULT 0,
    credit_sales_total numeric(12,2) NOT NULL DEFAULT 0, credit_payments_collected numeric(12,2) NOT NULL DEFAULT 0,
    closing_ticket varchar, notes varchar, flagged boolean NOT NULL DEFAULT false, flag_reason varchar(500),
    flagged_by varchar(100), is_deleted boolean NOT NULL DEFAULT false, deleted_at timestamptz,
    deleted_by varchar(100), last_modified_at timestamptz, last_modified_by varchar(100)
);
CREATE TABLE transfer_items (
    id uuid PRIMARY KEY, session_id uuid NOT NULL, description varchar(100) NOT NULL, amount numeric(15,2) NOT NULL,
    created_at timestamptz NOT NULL, is_deleted boolean NOT NULL DEFAULT false,
    is_verified boolean NOT NULL DEFAULT false, verified_by uuid, verified_at timestamptz
);
CREATE TABLE expense_items (
    id uuid PRIMARY KEY, session_id uuid NOT NULL, description varchar(100) NOT NULL, amount numeric(15,2) NOT NULL,
    created_at timestamptz NOT NULL, is_deleted boolean NOT NULL DEFAULT false
);
CREATE TABLE cash_session_audit_logs (
    id uuid PRIMARY KEY, session_id uuid NOT NULL, changed_by varchar(100) NOT NULL, changed_at timestamptz NOT NULL,
    action varchar(20) NOT NULL, changed_fields jsonb NOT NULL, old_values jsonb NOT NULL, new_values jsonb NOT NULL,
    reason text
);
CREATE TABLE daily_reconciliations (
    id uuid PRIMARY KEY, business_id uuid NOT NULL, date date NOT NULL, cash_sales numeric(12,2),
    credit_sales numeric(12,2), card_sales numeric(12,2), total_sales numeric(12,2), is_closed boolean NOT NULL,
    admin_id uuid NOT NULL, created_at timestamptz NOT NULL, deleted_at timestamptz, deleted_by varchar(100),
    invoice_count integer, daily_cost_total bigint, last_modified_at timestamptz
);
CREATE TABLE daily_reconciliation_audit_logs (
    id uuid PRIMARY KEY, reconciliation_id uuid NOT NULL, changed_by varchar(100) NOT NULL,
    changed_at timestamptz NOT NULL, action varchar(20) NOT NULL, changed_fields jsonb NOT NULL,
    old_values jsonb NOT NULL, new_values jsonb NOT NULL, reason text
);
"""

FIRST = """
CREATE TABLE users (
    id uuid PRIMARY KEY, email varchar(255) NOT NULL, hashed_password varchar NOT NULL, is_active boolean NOT NULL,
    created_at timestamp NOT NULL
);
CREATE TABLE businesses (
    id uuid PRIMARY KEY, name varchar(200) NOT NULL, address varchar(500), phone varchar(50),
    is_active boolean NOT NULL, created_at timestamp NOT NULL
);
CREATE TABLE user_businesses (id uuid PRIMARY KEY, user_id uuid NOT NULL, business_id uuid NOT NULL);
CREATE TABLE cash_sessions (
    id uuid PRIMARY KEY, business_id uuid NOT NULL, cashier_id uuid NOT NULL, session_date date NOT NULL,
    opened_time time NOT NULL, closed_time time, status varchar(50) NOT NULL, initial_cash numeric(12,2) NOT NULL,
    final_cash numeric(12,2), envelope_amount numeric(12,2) NOT NULL, credit_card_total numeric(12,2) NOT NULL,
    debit_card_total numeric(12,2) NOT NULL, bank_transfer_total numeric(12,2) NOT NULL, closing_ticket varchar,
    notes varchar
);
CREATE TABLE cash_session_audit_logs (
    id uuid PRIMARY KEY, session_id uuid NOT NULL, changed_by varchar(100) NOT NULL, changed_at timestamp NOT NULL,
    action varchar(20) NOT NULL, changed_fields text NOT NULL, old_values text NOT NULL, new_values text NOT NULL,
    reason text
);
"""


def identity(number):
    """A UUID that a person can tell from another."""
    return f"00000000-0000-4000-8000-{number:012}"


def insert(table, **columns):
    """The statement that adds that row; every value is quoted, and read by the column's own type."""
    values = ("NULL" if value is None else "'" + str(value).replace("'", "''") + "'" for value in columns.values())
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(values)});"


def user(number, email, **columns):
    basics = {"hashed_password": "$argon2id$x", "is_active": True, "created_at": "2025-01-01 12:00"}
    return insert("users", id=identity(number), email=email, **{**basics, **columns})


def named(number, name, **columns):
    """A person of the newest schema."""
    names = {"first_name": name, "last_name": "Sosa", "role": "CASHIER"}
    return user(number, f"{name.lower()}@example.com", **{**names, **columns})


def business(number, name, **columns):
    return insert(
        "businesses", id=identity(number), name=name, is_active=True, created_at="2025-01-01 12:00", **columns
    )


def session(number, **columns):
    """Ana's shift (person 1) in the first business (11)."""
    basics = {
        "business_id": identity(11),
        "cashier_id": identity(1),
        "session_date": "2026-03-10",
        "opened_time": "07:00",
        "closed_time": "15:00",
        "status": "CLOSED",
        "initial_cash": "100000.00",
        "final_cash": "400000.00",
    }
    return insert("cash_sessions", id=identity(number), **{**basics, **columns})
