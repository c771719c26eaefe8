-- What the OEM is asked for makes a case wait for it: an approval, a transfer, a task (R3.1, R3.2, R9.1).
ALTER TABLE app.cases ADD COLUMN oem_asked boolean NOT NULL DEFAULT false;
ALTER TABLE app.case_tasks ADD COLUMN at_oem boolean NOT NULL DEFAULT false;

-- The tasks that are open already: somebody of the OEM has them, or a department that no dealer has.
ALTER TABLE app.case_tasks NO FORCE ROW LEVEL SECURITY;
ALTER TABLE app.memberships NO FORCE ROW LEVEL SECURITY;
UPDATE app.case_tasks AS t SET at_oem = true
WHERE t.state = 'open' AND CASE
    WHEN t.assignee_id IS NULL THEN t.department IN ('technical_support', 'product_planning', 'legal_pr')
    ELSE EXISTS (
        SELECT FROM app.memberships AS m
        WHERE m.oem_id = t.oem_id AND m.id = t.assignee_id AND m.dealer_id = 0)
END;
ALTER TABLE app.case_tasks FORCE ROW LEVEL SECURITY;
ALTER TABLE app.memberships FORCE ROW LEVEL SECURITY;
