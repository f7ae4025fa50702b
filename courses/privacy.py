"""What this app and Wagtail keep about people: who has done which step, and who worked on which page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from wagtail.models import Comment, CommentReply, ModelLogEntry, PageLogEntry, Revision, TaskState, UploadedFile

from accounts import privacy_register
from accounts.models import User
from accounts.privacy import STAFF, UNTIL_ERASED
from accounts.privacy_register import About, Fate, Holding, Register, Topic

LEARNING = Topic(
    _("Lessons done, where you stopped reading"),
    _("To bring you back to the same place on any device"),
    _("You; managers see how far you are"),
    UNTIL_ERASED,
)
NOTES = Topic(_("Your notes"), _("For you"), _("Nobody else"), UNTIL_ERASED)
CONTENT = Topic(
    _("Which pages and questions you wrote, reviewed or released, if you work here"),
    _("So that authors and reviewers can work together, and a mistake can be traced"),
    _("The staff"),
    _("When you have your data erased, the content stays and no longer says who made it"),
)
COMMENTS = Topic(
    _("What you wrote to other authors beside a page"),
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

COURSE_HOLDINGS = (
    Holding(
        "courses.Note",
        (About("enrolment__learner", NOTES, Fate.DELETED, "enrolment step_key block_id text updated_at"),),
        "id",
    ),
    Holding(
        "courses.Position",
        (About("enrolment__learner", LEARNING, Fate.DELETED, "enrolment step_key block_id updated_at"),),
        "id",
    ),
    Holding(
        "courses.Completion",
        (About("enrolment__learner", LEARNING, Fate.DELETED, "enrolment step_key completed_at score max_score"),),
        "id",
    ),
    Holding(
        "courses.Enrolment",
        (
            About(
                "learner",
                LEARNING,
                Fate.DELETED,
                "learner uuid course_key period release enrolled_at left_at due_on active_at completed_at",
                also={"course": "release__title"},
            ),
        ),
        "id",
    ),
    Holding(
        "courses.CourseRelease",
        (About("created_by", CONTENT, Fate.UNNAMED, "created_by created_at", also={"course": "title"}),),
        "id course_key number kind note code title short_title hours valid_years edition language outline statements digest",
    ),
    Holding("courses.PackageItem", (), "id key package loaded_digest"),
    Holding("courses.HomePage", (), "page_ptr"),
    Holding(
        "courses.CoursePage",
        # The course page shows the authors to everybody. No query finds a person there; an editor removes a name.
        (About("", CONTENT, Fate.KEPT, withheld="authors"),),
        "page_ptr code short_title lede hours audience requires outcomes edition valid_years next_review",
    ),
    Holding("courses.ModulePage", (), "page_ptr number minutes summary"),
    Holding("courses.LessonPage", (), "page_ptr number minutes objectives body"),
)
WAGTAIL_HOLDINGS = (
    Holding(
        "wagtailcore.CommentReply",
        (
            About("user", COMMENTS, Fate.DELETED, "user text created_at updated_at"),
            About("comment__user", COMMENTS, Fate.DELETED, withheld="comment"),  # replies go with the comment
        ),
        "id",
    ),
    Holding(
        "wagtailcore.Comment",
        (
            About("user", COMMENTS, Fate.DELETED, "user text created_at updated_at", also={"beside": "page__title"}),
            About("resolved_by", COMMENTS, Fate.UNNAMED, "resolved_by resolved_at"),
        ),
        "id page contentpath position revision_created",
    ),
    Holding(
        "wagtailcore.PageSubscription", (About("user", STAFF, Fate.DELETED, "user comment_notifications"),), "id page"
    ),
    Holding(
        "wagtailadmin.EditingSession",
        (About("user", STAFF, Fate.DELETED, "user last_seen_at is_editing"),),
        "id content_type object_id",
    ),
    Holding(
        "wagtailadmin.FormState",
        (About("user", STAFF, Fate.DELETED, "user last_updated_at data"),),
        "id content_type object_id parent_object_id",
    ),
    Holding(
        "wagtailcore.APIToken",
        (About("user", STAFF, Fate.DELETED, "user name created revoked_at last_used_at", withheld="key_hash prefix"),),
        "id",
    ),
    Holding(
        "wagtailcore.UploadedFile",
        (About("uploaded_by_user", CONTENT, Fate.DELETED, "uploaded_by_user", withheld="file"),),
        "id for_content_type",
    ),
    Holding(
        "wagtailcore.TaskState",
        # erase() empties the comment of a review. The row stays, so that the review is still on record.
        (About("finished_by", COMMENTS, Fate.UNNAMED, "finished_by finished_at status comment"),),
        "id workflow_state revision task started_at content_type",
    ),
    Holding(
        "wagtailcore.WorkflowState",
        (About("requested_by", CONTENT, Fate.UNNAMED, "requested_by created_at"),),
        "id content_type base_content_type object_id workflow status current_task_state",
    ),
    Holding(
        "wagtailcore.PageLogEntry",
        (About("user", CONTENT, Fate.UNNAMED, "user action timestamp", withheld="data", also={"page_title": "label"}),),
        f"{LOG} page label",
    ),
    Holding(
        "wagtailcore.ModelLogEntry",
        # Wagtail's entries about changes to the person's own account contain their name, so erase() deletes those.
        (About("user", CONTENT, Fate.UNNAMED, "user action timestamp", withheld="data label"),),
        f"{LOG} object_id",
    ),
    Holding(
        "wagtailcore.Revision",
        # Old versions of a page contain the comments on it.
        (About("user", CONTENT, Fate.UNNAMED, "user created_at", withheld="content", also={"of": "object_str"}),),
        "id content_type base_content_type object_id object_str approved_go_live_at",
    ),
    Holding(
        "wagtailcore.Page",
        (
            About("owner", CONTENT, Fate.UNNAMED, "owner", also={"page_title": "title"}),
            About("locked_by", CONTENT, Fate.UNNAMED, "locked_by locked_at", also={"page_title": "title"}),
        ),
        PAGE,
    ),
    Holding(
        "wagtaildocs.Document",
        (About("uploaded_by_user", CONTENT, Fate.UNNAMED, "uploaded_by_user created_at", also={"document": "title"}),),
        "id collection title file file_size file_hash tags",
    ),
    Holding(
        "wagtailimages.Image",
        (About("uploaded_by_user", CONTENT, Fate.UNNAMED, "uploaded_by_user created_at", also={"image": "title"}),),
        "id collection title file description width height focal_point_x focal_point_y focal_point_width "
        "focal_point_height file_size file_hash tags",
    ),
)
TECHNICAL_HOLDINGS = (
    Holding("wagtailimages.Rendition", (), "id filter_spec file width height focal_point_key image"),
    Holding(
        "wagtailsearch.IndexEntry",
        (),
        "id content_type object_id title_norm autocomplete title body title_text body_text",
    ),
    Holding("wagtailsearch.SQLiteFTSIndexEntry", (), "autocomplete title body index_entry"),
    Holding("wagtailadmin.Admin", (), "id"),
    Holding("wagtailcore.Locale", (), "id language_code"),
    Holding("wagtailcore.Site", (), "id hostname port site_name root_page is_default_site"),
    Holding("wagtailcore.GroupSitePermission", (), "id group site permission"),
    Holding("wagtailcore.CollectionViewRestriction", (), "id restriction_type password collection groups"),
    Holding("wagtailcore.Collection", (), "id path depth numchild name"),
    Holding("wagtailcore.GroupCollectionPermission", (), "id group collection permission"),
    Holding("wagtailcore.WorkflowContentType", (), "content_type workflow"),
    Holding("wagtailcore.Workflow", (), "id name active"),
    Holding("wagtailcore.WorkflowTask", (), "id sort_order workflow task"),
    Holding("wagtailcore.Task", (), "id name content_type active"),
    Holding("wagtailcore.GroupApprovalTask", (), "task_ptr groups"),
    Holding("wagtailcore.GroupPagePermission", (), "id group page permission"),
    Holding("wagtailcore.PageViewRestriction", (), "id restriction_type password page groups"),
    Holding("wagtailcore.WorkflowPage", (), "page workflow"),
    Holding(
        "wagtailcore.ReferenceIndex",
        (),
        "id content_type base_content_type object_id to_content_type to_object_id model_path content_path "
        "content_path_hash",
    ),
    Holding("taggit.Tag", (), "id name slug"),
    Holding("taggit.TaggedItem", (), "id tag content_type object_id"),
)

REGISTER = Register(
    holdings=COURSE_HOLDINGS + WAGTAIL_HOLDINGS + TECHNICAL_HOLDINGS,
    tasks={"courses.tasks.sweep": "", "elearning.tasks.publish_scheduled": "", "elearning.tasks.sweep": ""},
    folders={"MEDIA_ROOT": "pictures and documents of courses, and the profile pictures of staff"},
)


def erase(person: User) -> list[Path]:
    """Erase what REGISTER declares, the person's comments in old versions, and what Wagtail's log says about them.

    Return the paths of their temporary uploads, which the caller deletes.
    """
    uploads = [Path(row.file.path) for row in UploadedFile.objects.filter(uploaded_by_user=person)]
    if _has_worked_in_cms(person):
        _remove_comments_from_revisions(person)
        _remove_quotations_from_logs(person)
        TaskState.objects.filter(finished_by=person).update(comment="")
    user_type = ContentType.objects.get_for_model(User)
    ModelLogEntry.objects.filter(content_type=user_type, object_id=str(person.pk)).delete()
    privacy_register.erase(REGISTER, person)
    return uploads


def _has_worked_in_cms(person: User) -> bool:
    """Whether the person has rows in the CMS. Learners have none, so erase() need not read every revision for them."""
    logs = (log.objects.filter(user=person) for log in (PageLogEntry, ModelLogEntry))
    rows = (model.objects.filter(user=person) for model in (Revision, Comment, CommentReply))
    reviewed = TaskState.objects.filter(finished_by=person)
    return any(queryset.exists() for queryset in (*logs, *rows, reviewed))


def _remove_comments_from_revisions(person: User) -> None:
    for revision in Revision.objects.filter(content__has_key="wagtail_admin_comments").iterator(100):
        comments = revision.content["wagtail_admin_comments"]
        kept = [_without_replies(comment, person) for comment in comments if comment.get("user") != person.pk]
        if kept != comments:
            content = revision.content | {"wagtail_admin_comments": kept}
            Revision.objects.filter(pk=revision.pk).update(content=content)


def _without_replies(comment: dict, person: User) -> dict:
    replies = [reply for reply in comment.get("replies", []) if reply.get("user") != person.pk]
    return comment | ({"replies": replies} if "replies" in comment else {})


def _remove_quotations_from_logs(person: User) -> None:
    """Remove all quoted comments from Wagtail's log, and all quotations from this person's own entries.

    Wagtail copies the text of comments and reviews into its log, under the name of the person who changed them last. An
    old entry does not always say whose comment it quotes, so the quotations of all comments are removed.
    """
    quoted = Q(action__startswith="wagtail.comments.") | Q(user=person)
    for log in (PageLogEntry, ModelLogEntry):
        for entry in log.objects.filter(quoted).iterator(500):
            kept = {name: value for name, value in entry.data.items() if name not in ("comment", "reply")}
            if kept != entry.data:
                log.objects.filter(pk=entry.pk).update(data=kept)


def files(person: User) -> Iterator[tuple[str, Path]]:
    """Yield nothing: pictures and documents belong to the courses, not to the person who uploaded them."""
    return iter(())
