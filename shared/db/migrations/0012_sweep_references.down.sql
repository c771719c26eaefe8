ALTER TABLE app.events ADD CONSTRAINT events_oem_id_fkey FOREIGN KEY (oem_id) REFERENCES app.oems (id);
ALTER TABLE app.escalations ADD CONSTRAINT escalations_oem_id_case_id_fkey
    FOREIGN KEY (oem_id, case_id) REFERENCES app.cases (oem_id, id);
