#!/bin/sh
# The three logins of Huiyin on a new PostgreSQL server, and their database. The owner may create roles, for the
# migrations, and is no superuser; made by the owner, the other two are the owner's to administer.
set -eu
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres \
    --set=owner="$HUIYIN_OWNER_PASSWORD" --set=app="$HUIYIN_APP_PASSWORD" --set=worker="$HUIYIN_WORKER_PASSWORD" <<'SQL'
CREATE ROLE huiyin_owner LOGIN CREATEROLE PASSWORD :'owner';
CREATE DATABASE huiyin OWNER huiyin_owner;
SET SESSION AUTHORIZATION huiyin_owner;
CREATE ROLE huiyin_app LOGIN NOINHERIT PASSWORD :'app';
CREATE ROLE huiyin_worker LOGIN NOINHERIT PASSWORD :'worker';
SQL
