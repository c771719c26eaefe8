-- What the OEM is asked for makes a case wait for it: an approval, a transfer, a task (R3.1, R3.2, R9.1).
ALTER TABLE app.cases ADD COLUMN oem_asked boolean NOT NULL DEFAULT false;
ALTER TABLE app.case_tasks ADD COLUMN at_oem boolean NOT NULL DEFAULT false;
