DROP TABLE app.rule_drafts;
