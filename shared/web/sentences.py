"""The sentence behind each error code: what happened and what to do, without blame and without jargon.

A test collects the codes that the product raises and asks for a sentence for each.
"""

from collections.abc import Mapping
from typing import Final

from shared.web.locale import Translator, msgid

SENTENCES: Final[Mapping[str, str]] = {
    # who asks
    "not_signed_in": msgid("Please sign in."),
    "session_expired": msgid("Your session has ended. Please sign in again."),
    "wrong_password": msgid("The present password is not right."),
    "wrong_credentials": msgid("The e-mail address or the password is not right."),
    "too_many_attempts": msgid("Too many attempts. Please try again in %(seconds)s seconds."),
    "no_membership": msgid(
        "You have no role in any organisation at the moment. Your administrator can give you one."
    ),
    "unknown_key": msgid("This API key is not known, or it has been withdrawn."),
    "not_permitted": msgid("Your role does not allow this."),
    "no_tenant": msgid("Choose an organisation first."),
    "people_only": msgid("Only a person can do this, not an integration."),
    "not_a_person": msgid("Only a person has an account, not an integration."),
    "forged_request": msgid("This page was open for too long. Please reload it and try again."),
    # what is asked for
    "not_found": msgid("This does not exist, or it is not yours to see."),
    "account_not_found": msgid("There is no account with this e-mail address."),
    "case_not_found": msgid("There is no such case, or it is not yours to see."),
    "escalation_not_found": msgid("There is no such escalation."),
    "file_damaged": msgid("The file is damaged in the store. Ask for it to be made again."),
    "file_not_found": msgid("The file is not there any more."),
    "message_not_found": msgid("There is no such message."),
    "oem_not_found": msgid("There is no OEM %(slug)s."),
    "policy_missing": msgid("The OEM has no policy '%(policy)s' yet."),
    "link_invalid": msgid("This link is not complete. Please copy it again."),
    "link_expired": msgid("This link is too old. Please ask for a new one."),
    "malformed_request": msgid("The request could not be understood."),
    "method_not_allowed": msgid("This address does not take that kind of request."),
    "too_large": msgid("This is more than can be sent at once."),
    "bad_cursor": msgid("The list has changed. Please start from its beginning."),
    # what was entered
    "invalid_input": msgid("Some entries need another look."),
    "required": msgid("Please fill this in."),
    "not_wanted": msgid("This must stay empty here."),
    "too_long": msgid("Too long: at most %(limit)s characters."),
    "too_short": msgid("Too short: at least %(limit)s characters."),
    "too_small": msgid("Too small: at least %(limit)s."),
    "too_large_number": msgid("Too large: at most %(limit)s."),
    "out_of_range": msgid("Please enter a number from %(least)s to %(most)s."),
    "unknown_value": msgid("Please choose one of the values offered."),
    "unknown_field": msgid("This field is not known here."),
    "wrong_type": msgid("This is not of the expected kind: %(kind)s."),
    "not_understood": msgid("This could not be understood."),
    "nul_character": msgid("This holds a character that cannot be stored."),
    "not_a_date": msgid("Please enter a date."),
    "not_a_month": msgid("Please enter a month as 2026-10."),
    "month_in_future": msgid("This month has not begun yet."),
    "month_too_early": msgid("There are no reports of a time this long ago."),
    "time_zone_missing": msgid("Please add the time zone."),
    "unknown_time_zone": msgid("The time zone '%(name)s' is not known."),
    "in_the_future": msgid("This time lies in the future."),
    "date_in_future": msgid("This day lies in the future."),
    "phone_not_understood": msgid("Please enter a telephone number."),
    "phone_not_possible": msgid("No telephone number has this many digits."),
    "email_not_understood": msgid("Please enter an e-mail address."),
    "vin_not_understood": msgid("A VIN has 17 letters and digits, without I, O and Q."),
    "plate_not_understood": msgid("Please enter a plate number."),
    "slug_not_understood": msgid("Please use lower-case letters, digits and hyphens."),
    "search_too_wide": msgid("More than %(limit)s cases match. Please refine your search."),
    # registering a case
    "words_or_fault_label_required": msgid("Please write down what the customer said, or name the fault."),
    "received_in_future": msgid("The complaint cannot have been received in the future."),
    "received_too_long_ago": msgid("This was too long ago to be registered as a new case."),
    "backdating_reason_required": msgid("Received long before it is registered: please say why."),
    "unknown_dealer": msgid("There is no such dealer."),
    "dealer_inactive": msgid("Dealer %(dealer)s is not active any more."),
    "nobody_to_own_case": msgid(
        "Dealer %(dealer)s has nobody who can own a case. Please add a person first."
    ),
    "external_ref_exists": msgid("A case with this reference exists already."),
    "idempotency_key_reused": msgid("The same Idempotency-Key came with another content."),
    # importing a file
    "mapping_not_understood": msgid("The mapping cannot be read: %(detail)s"),
    "mapping_field_unknown": msgid("There is no field %(field)s. Known are: %(known)s."),
    "nothing_mapped": msgid("No column, constant or spread says what this is."),
    "mapped_twice": msgid("A field takes either columns or a spread."),
    "not_spreadable": msgid("Only these can be spread: %(known)s."),
    "column_missing": msgid("The file has no column '%(column)s'. It has: %(there)s."),
    "column_twice": msgid("The file has several columns '%(column)s'."),
    "file_empty": msgid("The file has no rows."),
    "file_is_spreadsheet": msgid("This is a spreadsheet. Please save it as CSV (UTF-8)."),
    "file_is_utf_16": msgid("This is UTF-16 text. Please save it as CSV (UTF-8)."),
    "encoding_unknown": msgid("This is neither UTF-8 nor GB18030 text. Please save it as CSV (UTF-8)."),
    "header_broken": msgid("The first line is no header: it has to name the columns."),
    "line_too_long": msgid("Line %(line)s has more than %(longest)s characters: this is no table."),
    "cell_too_long": msgid("A cell has more than %(longest)s characters; read up to line %(last)s."),
    "quotes_broken": msgid("Quotation marks do not match; read up to line %(last)s."),
    "cells_miscounted": msgid("This row has %(cells)s cells, the header has %(columns)s."),
    "characters_broken": msgid("This row holds bytes that are no characters."),
    "unknown_channel": msgid("'%(value)s' is no known channel."),
    "unknown_dealer_of_file": msgid("There is no dealer '%(value)s', or several are called so."),
    "date_not_understood": msgid("'%(value)s' is not written as a date is expected."),
    "not_a_number": msgid("'%(value)s' is not a number."),
    # handling a case
    "stale_version": msgid("Somebody changed this in the meantime. You now see the latest state."),
    "out_of_order": msgid("This is not possible in the case's present state."),
    "receipt_not_confirmed": msgid("Please confirm the receipt of the case first."),
    "customer_not_contacted": msgid("Please contact the customer first."),
    "result_not_told": msgid("Please resolve the case and tell the customer the result first."),
    "result_already_told": msgid("The customer has been told the result already."),
    "case_closed": msgid("The case is closed."),
    "case_on_hold": msgid("The case is on hold."),
    "case_withdrawn": msgid("The case has been withdrawn."),
    "case_merged": msgid("The case has been merged into another one."),
    "already_registered": msgid("The case is registered already."),
    "already_owner": msgid("%(name)s owns the case already."),
    "unknown_person": msgid("There is no such person."),
    "person_inactive": msgid("This person is not active any more."),
    "person_of_other_dealer": msgid("This person belongs to another dealer."),
    "person_cannot_handle": msgid("This person's role may not speak to customers."),
    "attempt_is_outbound": msgid("An attempt without an answer is always ours, to the customer."),
    "promised_in_past": msgid("The promised day lies in the past."),
    "promised_too_far": msgid("The promised day is years away."),
    "nothing_to_acknowledge": msgid("No escalation of this case waits on you any more."),
    "nobody_to_tell": msgid("Nobody stands above case %(number)s who could be told."),
    "escalation_without_clock": msgid("This escalation belongs to no promise."),
    "message_not_given_up": msgid("This message is still under way or has arrived."),
    # organisations and people
    "slug_taken": msgid("There is an OEM %(slug)s already."),
    "dealer_code_taken": msgid("There is a dealer with the code %(code)s already."),
    "region_code_taken": msgid("There is a region with the code %(code)s already."),
    "email_taken": msgid("There is an account with this e-mail address already."),
    "already_member": msgid("This person has this role already."),
    "already_invited": msgid("This person has been invited already. You can send the invitation again."),
    "member_active": msgid("This person is active."),
    "member_inactive": msgid("This person had this role before. You can make the person active again."),
    "role_above_own": msgid("This role is above your own."),
    "last_administrator": msgid("This is the last administrator. Please name another one first."),
    "not_oneself": msgid("You cannot do this to yourself. Please ask a colleague."),
    "invitation_over": msgid(
        "This invitation has been used, withdrawn or is too old. Please ask for a new one."
    ),
    # policies and calendars
    "no_default": msgid("The last rule must match every case."),
    "no_targets": msgid("The rule promises nothing."),
    "missing_metric": msgid("The last rule says nothing about %(metric)s."),
    "duplicate_rank": msgid("Two rules have rank %(rank)s."),
    "duplicate_name": msgid("Two rules are called '%(name)s'."),
    "never_matches": msgid("This rule is never reached: '%(rule)s' matches first."),
    "duration_or_working_days": msgid("Please give either a duration or working days."),
    "working_days_are_business": msgid("Working days are counted in business hours only."),
    "invalid_warn_marks": msgid("Warnings are percentages from 1 to 99, each once, in rising order."),
    "no_levels": msgid("Escalation needs at least one level."),
    "levels_out_of_order": msgid("The levels must be numbered 1, 2, 3 and so on."),
    "unknown_role": msgid("There is no role '%(role)s'."),
    "first_level_is_the_breach": msgid("The first level is told at the breach, so it waits 0 minutes."),
    "level_not_later": msgid("Each level must come later than the one before."),
    "unknown_weekday": msgid("There is no such weekday."),
    "no_hours": msgid("An extra working day needs opening hours."),
    "never_opens": msgid("This calendar never opens, so no promise could ever be kept."),
    "invalid_interval": msgid("Opening hours from %(opens)s to %(closes)s are not possible."),
    "overlapping_intervals": msgid("Opening hours overlap."),
    # reports
    "report_not_found": msgid("There is no such report, or it is not yours to see."),
    "report_not_ready": msgid("This report is not ready yet."),
    "report_under_way": msgid("This report is being made already. Please try again soon."),
    "report_failed": msgid("The report could not be made. It has been written down."),
    "report_fonts_missing": msgid("Fonts are missing, so no report can be printed: run `make assets`."),
    "pango_missing": msgid("A library is missing, so no report can be printed: `huiyin doctor` says which."),
    "report_asset_refused": msgid("The report asked for something outside its own files."),
    "report_timeout": msgid("The report took longer than %(seconds)s seconds and was stopped."),
    "report_crashed": msgid("The report could not be printed."),
    "report_pool_closed": msgid("The report worker is shutting down. Please try again soon."),
    # what is away, and what should not happen
    "database_unreachable": msgid("The database cannot be reached at the moment. Please try again soon."),
    "database_busy": msgid("Too much is going on at the moment. Please try again in a few seconds."),
    "busy": msgid("Too much is going on at the moment. Please try again in a few seconds."),
    "file_store_away": msgid("Files cannot be reached at the moment. Please try again soon."),
    "unexpected": msgid("Something went wrong on our side. It has been written down."),
}

UNKNOWN: Final = msgid("This could not be done (%(code)s).")

CODES_OF_STATUSES: Final = {
    400: "malformed_request",
    401: "not_signed_in",
    403: "not_permitted",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    422: "invalid_input",
    503: "busy",
}
"""What an HTTP status of the framework's own means as a code of ours."""


def sentence(translator: Translator, code: str, params: Mapping[str, object]) -> str:
    """The sentence for an error code, its parts filled in; without one, a general one with the code."""
    known = SENTENCES.get(code)
    return translator.fill(known, params) if known else translator.gettext(UNKNOWN, code=code)
