-- Run once by the postgres image when its data folder is empty: one role and one database for each
-- service, and nobody else may connect to them. Passwords come from the files of deploy/make_secrets.py.
\set registry_password `cat /run/secrets/registry_database_password`
\set issuance_password `cat /run/secrets/issuance_database_password`
\set redemption_password `cat /run/secrets/redemption_database_password`

CREATE ROLE registry LOGIN PASSWORD :'registry_password';
CREATE ROLE issuance LOGIN PASSWORD :'issuance_password';
CREATE ROLE redemption LOGIN PASSWORD :'redemption_password';

CREATE DATABASE registry OWNER registry;
CREATE DATABASE issuance OWNER issuance;
CREATE DATABASE redemption OWNER redemption;

REVOKE ALL ON DATABASE registry, issuance, redemption, postgres, template1 FROM PUBLIC;
