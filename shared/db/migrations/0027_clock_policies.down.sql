DROP TABLE app.policy_migrations;
DROP TABLE app.policy_drafts;
