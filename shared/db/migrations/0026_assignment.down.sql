ALTER TABLE app.policies NO FORCE ROW LEVEL SECURITY;
DELETE FROM app.policies WHERE name = 'assignment';
ALTER TABLE app.policies FORCE ROW LEVEL SECURITY;
ALTER TABLE app.policies DROP CONSTRAINT policies_name_check;
ALTER TABLE app.policies ADD CONSTRAINT policies_name_check CHECK (name IN (
    'classification', 'channels', 'clocks', 'calendar', 'authority', 'consent', 'follow_up', 'major', 'risk_periods'));
ALTER TABLE app.memberships DROP COLUMN department, DROP COLUMN skills, DROP COLUMN duty;
