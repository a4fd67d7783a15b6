"""Who may open which address of rounds, schemes, results, objections and use of results."""

OFFICE = ("special_office", "leading_group")
UNIT = ("unit_admin", "unit_leader")
DRAFTS = "published; drafts for the office and lead departments; 404 to the three administrators"
IN_SCOPE = "rows in scope; 404 outside"

ACCESS = {
    "assessment:rounds": {
        "methods": ("GET",),
        "roles": "any",
        "scope": "launched rounds; the office also drafts; none to administrators",
    },
    "assessment:create_round": {"methods": ("POST",), "roles": ("special_office",), "scope": "the city"},
    "assessment:round": {
        "methods": ("GET",),
        "roles": "any",
        "scope": "counts of sheets in scope; 404 to the three administrators",
    },
    "assessment:take_step": {"methods": ("POST",), "roles": OFFICE, "scope": "the city; each step names its role"},
    "assessment:reopen_round": {"methods": ("POST",), "roles": ("leading_group",), "scope": "the city"},
    "assessment:freeze_quarter": {"methods": ("POST",), "roles": ("special_office",), "scope": "the city"},
    "assessment:missing": {"methods": ("GET",), "roles": "any", "scope": IN_SCOPE},
    "assessment:issue_notice": {"methods": ("POST",), "roles": ("special_office",), "scope": "the city"},
    "assessment:notice_file": {
        "methods": ("GET",),
        "roles": "any",
        "scope": "who may open the round; 404 to the three administrators",
    },
    "assessment:make_package": {"methods": ("POST",), "roles": OFFICE, "scope": "the city; 404 to others"},
    "assessment:package": {"methods": ("GET",), "roles": OFFICE, "scope": "the city; 404 to others"},
    "assessment:use": {"methods": ("GET",), "roles": OFFICE, "scope": "the city; 404 to others"},
    "assessment:export_linkage": {
        "methods": ("POST",),
        "roles": ("special_office",),
        "scope": "the city; 404 to others",
    },
    "assessment:linkage_file": {"methods": ("GET",), "roles": OFFICE, "scope": "the city; 404 to others"},
    "assessment:note_receipt": {"methods": ("POST",), "roles": ("special_office",), "scope": "the city; 404 to others"},
    "assessment:inclusions": {"methods": ("GET",), "roles": "any", "scope": IN_SCOPE},
    "assessment:file_inclusion": {"methods": ("POST",), "roles": (*UNIT, "special_office"), "scope": IN_SCOPE},
    "assessment:schemes": {"methods": ("GET",), "roles": "any", "scope": DRAFTS},
    "assessment:scheme": {"methods": ("GET",), "roles": "any", "scope": DRAFTS},
    "assessment:draft_schemes": {"methods": ("POST",), "roles": ("special_office",), "scope": "the city"},
    "assessment:upload_scheme": {"methods": ("POST",), "roles": ("special_office",), "scope": "the city"},
    "assessment:publish_scheme": {"methods": ("POST",), "roles": ("special_office",), "scope": "the city"},
    "assessment:results": {"methods": ("GET",), "roles": "any", "scope": "results in scope, shown from the notice on"},
    "assessment:result_map": {
        "methods": ("GET",),
        "roles": "any",
        "scope": "results in scope, shown from the notice on",
    },
    "assessment:result": {"methods": ("GET",), "roles": "any", "scope": IN_SCOPE},
    "assessment:result_sheet": {"methods": ("GET",), "roles": "any", "scope": IN_SCOPE},
    "assessment:raise_objection": {"methods": ("POST",), "roles": UNIT, "scope": IN_SCOPE},
    "assessment:objections": {"methods": ("GET",), "roles": "any", "scope": IN_SCOPE},
    "assessment:objection": {"methods": ("GET",), "roles": "any", "scope": IN_SCOPE},
    "assessment:answer_objection": {"methods": ("POST",), "roles": ("special_office",), "scope": IN_SCOPE},
}
