"""What Wagtail keeps about people: who worked on which page, and what they said about it."""

from django.utils.translation import gettext_lazy as _

from accounts.privacy import STAFF, UNTIL_ERASED
from accounts.privacy_register import ModelPrivacy, OnErasure, PersonalFields, Purpose

CONTENT = Purpose(
    _("Which pages and questions you wrote, reviewed or released, if you work here"),
    _("So that authors and reviewers can work together, and a mistake can be traced"),
    _("The staff"),
    _("When you have your data erased, the content stays and no longer says who made it"),
)
COMMENTS = Purpose(
    _("Your comments to other authors on a page"),
    _("So that authors and reviewers can work together"),
    _("The staff"),
    UNTIL_ERASED,
)

PAGE = (
    "id path depth numchild translation_key locale latest_revision live has_unpublished_changes first_published_at "
    "last_published_at live_revision go_live_at expire_at expired locked title draft_title slug content_type url_path "
    "latest_revision_created_at alias_of show_in_menus seo_title search_description"
)
LOG = "id content_type uuid revision content_changed deleted"

WAGTAIL_RECORDS = (
    ModelPrivacy(
        "wagtailcore.CommentReply",
        (
            PersonalFields("user", COMMENTS, OnErasure.DELETED, "user text created_at updated_at"),
            PersonalFields(
                "comment__user", COMMENTS, OnErasure.DELETED, withheld="comment"
            ),  # replies go with the comment
        ),
        "id",
    ),
    ModelPrivacy(
        "wagtailcore.Comment",
        (
            PersonalFields(
                "user", COMMENTS, OnErasure.DELETED, "user text created_at updated_at", also={"beside": "page__title"}
            ),
            PersonalFields("resolved_by", COMMENTS, OnErasure.UNNAMED, "resolved_by resolved_at"),
        ),
        "id page contentpath position revision_created",
    ),
    ModelPrivacy(
        "wagtailcore.PageSubscription",
        (PersonalFields("user", STAFF, OnErasure.DELETED, "user comment_notifications"),),
        "id page",
    ),
    ModelPrivacy(
        "wagtailadmin.EditingSession",
        (PersonalFields("user", STAFF, OnErasure.DELETED, "user last_seen_at is_editing"),),
        "id content_type object_id",
    ),
    ModelPrivacy(
        "wagtailadmin.FormState",
        (PersonalFields("user", STAFF, OnErasure.DELETED, "user last_updated_at data"),),
        "id content_type object_id parent_object_id",
    ),
    ModelPrivacy(
        "wagtailcore.APIToken",
        (
            PersonalFields(
                "user",
                STAFF,
                OnErasure.DELETED,
                "user name created revoked_at last_used_at",
                withheld="key_hash prefix",
            ),
        ),
        "id",
    ),
    ModelPrivacy(
        "wagtailcore.UploadedFile",
        (PersonalFields("uploaded_by_user", CONTENT, OnErasure.DELETED, "uploaded_by_user", withheld="file"),),
        "id for_content_type",
    ),
    ModelPrivacy(
        "wagtailcore.TaskState",
        # erase() empties the comment of a review. The row stays, so that the review is still on record.
        (PersonalFields("finished_by", COMMENTS, OnErasure.UNNAMED, "finished_by finished_at status comment"),),
        "id workflow_state revision task started_at content_type",
    ),
    ModelPrivacy(
        "wagtailcore.WorkflowState",
        (PersonalFields("requested_by", CONTENT, OnErasure.UNNAMED, "requested_by created_at"),),
        "id content_type base_content_type object_id workflow status current_task_state",
    ),
    ModelPrivacy(
        "wagtailcore.PageLogEntry",
        (
            PersonalFields(
                "user",
                CONTENT,
                OnErasure.UNNAMED,
                "user action timestamp",
                withheld="data",
                also={"page_title": "label"},
            ),
        ),
        f"{LOG} page label",
    ),
    ModelPrivacy(
        "wagtailcore.ModelLogEntry",
        # Wagtail's entries about changes to the person's own account contain their name, so erase() deletes those.
        (PersonalFields("user", CONTENT, OnErasure.UNNAMED, "user action timestamp", withheld="data label"),),
        f"{LOG} object_id",
    ),
    ModelPrivacy(
        "wagtailcore.Revision",
        # Old versions of a page contain the comments on it.
        (
            PersonalFields(
                "user", CONTENT, OnErasure.UNNAMED, "user created_at", withheld="content", also={"of": "object_str"}
            ),
        ),
        "id content_type base_content_type object_id object_str approved_go_live_at",
    ),
    ModelPrivacy(
        "wagtailcore.Page",
        (
            PersonalFields("owner", CONTENT, OnErasure.UNNAMED, "owner", also={"page_title": "title"}),
            PersonalFields(
                "locked_by", CONTENT, OnErasure.UNNAMED, "locked_by locked_at", also={"page_title": "title"}
            ),
        ),
        PAGE,
    ),
    ModelPrivacy(
        "wagtaildocs.Document",
        (
            PersonalFields(
                "uploaded_by_user",
                CONTENT,
                OnErasure.UNNAMED,
                "uploaded_by_user created_at",
                also={"document": "title"},
            ),
        ),
        "id collection title file file_size file_hash tags",
    ),
    ModelPrivacy(
        "wagtailimages.Image",
        (
            PersonalFields(
                "uploaded_by_user", CONTENT, OnErasure.UNNAMED, "uploaded_by_user created_at", also={"image": "title"}
            ),
        ),
        "id collection title file description width height focal_point_x focal_point_y focal_point_width "
        "focal_point_height file_size file_hash tags",
    ),
)
