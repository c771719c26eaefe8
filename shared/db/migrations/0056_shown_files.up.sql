-- A file that is there already may be shown to the customer later: the same content sent again for him (R3.6).
GRANT UPDATE (visible_to_customer) ON app.case_attachments TO t_dealer, t_region, t_oem;
