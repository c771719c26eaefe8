DROP INDEX app.timeline_turns;
DROP TABLE app.policy_migrations;
DROP TABLE app.policy_drafts;
