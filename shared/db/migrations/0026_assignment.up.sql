-- What somebody can do and when he is on duty: the rules that give cases an owner ask for it (R3.1).
ALTER TABLE app.memberships
    ADD COLUMN department text NOT NULL DEFAULT '' CHECK (department IN (
        '', 'technical_support', 'service', 'sales', 'parts', 'customer_relations', 'quality', 'legal_pr',
        'product_planning')),
    ADD COLUMN skills text[] NOT NULL DEFAULT '{}' CHECK (cardinality(skills) <= 20),
    ADD COLUMN duty jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(duty) = 'array');

ALTER TABLE app.policies DROP CONSTRAINT policies_name_check;
ALTER TABLE app.policies ADD CONSTRAINT policies_name_check CHECK (name IN (
    'classification', 'channels', 'clocks', 'calendar', 'authority', 'consent', 'follow_up', 'major', 'risk_periods',
    'assignment'));
