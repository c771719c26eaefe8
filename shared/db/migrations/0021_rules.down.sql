ALTER TABLE app.policies NO FORCE ROW LEVEL SECURITY;
DELETE FROM app.policies WHERE name IN ('major', 'risk_periods');
ALTER TABLE app.policies FORCE ROW LEVEL SECURITY;
ALTER TABLE app.policies DROP CONSTRAINT policies_name_check;
ALTER TABLE app.policies ADD CONSTRAINT policies_name_check
    CHECK (name IN ('classification', 'channels', 'clocks', 'calendar', 'authority', 'consent', 'follow_up'));
DROP TABLE app.case_forms;
DROP TABLE app.major_decisions;
DROP TABLE app.major_findings;
