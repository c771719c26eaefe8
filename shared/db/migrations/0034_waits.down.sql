ALTER TABLE app.case_tasks DROP COLUMN at_oem;
ALTER TABLE app.cases DROP COLUMN oem_asked;
