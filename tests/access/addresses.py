"""The address of a URL pattern: each argument names a real object of the world (tests/access/world.py)."""

from __future__ import annotations

import re

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from accounts import changes
from accounts.emails import unsubscribe
from tests.access.url_patterns import UrlPattern

ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


def address(pattern: UrlPattern, world, variant: str) -> str:
    """Return the URL of one variant of a pattern: the records of a country, a page, a bulk action."""
    arguments = arguments_of(pattern, world, variant)
    if pattern.key == "wagtail_bulk_action":
        return f"{reverse(pattern.name, **arguments)}?id={bulk_target(world, variant).pk}"
    if pattern.key == "admin/^.*/$":
        return "/admin/no/such/page/"
    if pattern.key == pattern.name:
        return reverse(pattern.name, **arguments)
    return "/" + ARGUMENT.sub(lambda match: str(arguments["kwargs"][match[1]]), pattern.route)


def query_for(key: str, world) -> dict:
    """Return the query parameters of a pattern that needs some."""
    return QUERIES[key](world) if key in QUERIES else {}


def bulk_target(world, variant: str):
    """Return the object that a bulk action is applied to."""
    _app, model, action = variant.split()
    return world.second_lesson if action == "unpublish" else BULK_TARGETS[model](world)


def arguments_of(pattern: UrlPattern, world, variant: str) -> dict:
    special = SPECIAL.get(pattern.key)
    if special:
        return special(world, variant)
    names = re.findall(r"<(?:\w+:)?(\w+)>", pattern.route)
    if not names:
        return {}
    prefix = next(prefix for prefix in ARGUMENTS if pattern.key.startswith(prefix))
    values = ARGUMENTS[prefix](world, variant)
    return {"kwargs": {name: values[name] for name in names}}


def args(*values) -> dict:
    return {"args": values}


def kwargs(**values) -> dict:
    return {"kwargs": values}


PAGES = {
    "home": lambda world: world.home,
    "course": lambda world: world.course,
    "module": lambda world: world.module,
    "lesson": lambda world: world.lesson,
    "a later lesson": lambda world: world.second_lesson,
    "test": lambda world: world.quiz,
    "a lesson of another course": lambda world: world.other_lesson,
    "a draft": lambda world: world.draft,
}


def page_path(world, variant: str) -> dict:
    return args(PAGES[variant](world).url_path.removeprefix(world.home.url_path))


def reset_link(world, _variant) -> dict:
    user = world.people.amina
    return kwargs(uidb36=user_pk_to_url_str(user), key=EmailAwarePasswordResetTokenGenerator().make_token(user))


def confirmation_link(world, _variant) -> dict:
    return kwargs(key=EmailConfirmationHMAC(EmailAddress.objects.get(verified=False)).key)


def undo_link(world, _variant) -> dict:
    return kwargs(token=changes.undo_url(world.account_change, "en").rstrip("/").rpartition("/")[2])


def unsubscribe_link(world, _variant) -> dict:
    return kwargs(token=unsubscribe.url(world.people.amina, "en").rstrip("/").rpartition("/")[2])


def bulk(_world, variant: str) -> dict:
    app_label, model_name, action = variant.split()
    return kwargs(app_label=app_label, model_name=model_name, action=action)


BULK_TARGETS = {
    "user": lambda world: world.people.omar,  # who has joined no course cannot be deleted
    "page": lambda world: world.draft,
    "image": lambda world: world.image,
    "document": lambda world: world.document,
    "question": lambda world: world.question,
    "statement": lambda world: world.statement,
}
SPECIAL = {
    "wagtail_serve": page_path,
    "staff_picture": lambda world, _variant: args(*world.image.file.name.split("/")),
    "wagtaildocs_serve": lambda world, variant: args(world.documents[variant].pk, world.documents[variant].filename),
    "account_confirm_email": confirmation_link,
    "account_reset_password_from_key": reset_link,
    "undo_account_change": undo_link,
    "switch_off_emails": unsubscribe_link,
    "wagtail_bulk_action": bulk,
    "wagtailadmin_pages:unpublish": lambda world, _variant: kwargs(page_id=world.second_lesson.pk),
    "wagtailadmin_pages:convert_alias": lambda world, _variant: kwargs(page_id=world.alias.pk),
    "wagtailadmin_workflows:usage": lambda world, _variant: kwargs(pk=world.workflow.pk),
    "wagtailadmin_workflows:usage_results": lambda world, _variant: kwargs(pk=world.workflow.pk),
    "wagtailsnippets_quizzes_question:unlock": lambda world, _variant: kwargs(pk=world.locked_question.pk),
    "wagtailadmin_pages:revisions_compare": lambda world, _variant: args(
        world.lesson.pk, "earliest", world.lesson.latest_revision_id
    ),
    "wagtailadmin_pages:revisions_unschedule": lambda world, _variant: kwargs(
        page_id=world.lesson.pk, revision_id=world.scheduled_revision.pk
    ),
    "wagtailsnippets_quizzes_question:revisions_compare": lambda world, _variant: args(
        world.question.pk, "earliest", world.question.latest_revision_id
    ),
    "wagtailsnippets_quizzes_question:revisions_unschedule": lambda world, _variant: kwargs(
        pk=world.scheduled_question_revision.object_id, revision_id=world.scheduled_question_revision.pk
    ),
}


QUERIES = {
    "wagtailadmin_block_preview": lambda world: {
        "id": world.lesson.body.stream_block.child_blocks["text"].definition_prefix
    },
    "wagtailadmin_api:pages:find": lambda world: {"html_path": "/"},
    "wagtailadmin_api:documents:find": lambda world: {"id": world.document.pk},
    "wagtailadmin_api:images:find": lambda world: {"id": world.image.pk},
}


def page_arguments(world, _variant) -> dict:
    draft = world.draft
    return {
        "content_type_app_name": "courses",
        "content_type_model_name": "lessonpage",
        "app_label": "courses",
        "model_name": "lessonpage",
        "parent_page_id": world.module.pk,
        "page_id": draft.pk,
        "page_to_move_id": draft.pk,
        "destination_id": world.other_lesson.get_parent().pk,
        "revision_id": world.draft_revision.pk,
        "action_name": "approve",
        "task_state_id": draft.current_workflow_task_state.pk,
        "task_id": world.task.pk,
        "workflow_state_id": world.draft_review.pk,
    }


def question_arguments(world, _variant) -> dict:
    return {
        "pk": world.question.pk,
        "revision_id": world.question_revision.pk,
        "action_name": "approve",
        "task_state_id": world.question.current_workflow_task_state.pk,
        "task_id": world.task.pk,
        "workflow_state_id": world.question_review.pk,
    }


def learning_arguments(world, variant: str) -> dict:
    records = world.records[variant]
    return {
        "enrolment": records.enrolment.uuid,
        "step": world.lesson.translation_key,
        "notice": records.notice.uuid,
        "report": records.problem.uuid,
    }


def preview_arguments(world, _variant: str) -> dict:
    return {"quiz": world.quiz.translation_key, "position": 1}


def attempt_arguments(world, variant: str) -> dict:
    records = world.records[variant]
    return {"attempt": records.running_attempt.uuid, "position": 1, "enrolment": records.enrolment.uuid}


def operator_arguments(world, _variant) -> dict:
    return {"app_name": "accounts", "model_name": "operator", "pk": world.site.pk}


def workflow_arguments(world, _variant) -> dict:
    return {
        "pk": world.task.pk,
        "workflow_pk": world.workflow.pk,
        "page_pk": world.home.pk,
        "task_id": world.task.pk,
        "app_label": "wagtailcore",
        "model_name": "groupapprovaltask",
    }


def file_arguments(model_of):
    def values(world, _variant) -> dict:
        file = world.image if model_of is get_image_model else world.document
        names = ("pk", "image_id", "document_id", "doc_id")
        return dict.fromkeys(names, file.pk) | {
            "uploaded_file_id": world.uploads[model_of()].pk,
            "filter_spec": "width-100",
        }

    return values


# By the beginning of a pattern's key. The first that matches counts.
ARGUMENTS = {
    "wagtailadmin_api:pages": lambda world, _variant: {"pk": world.second_lesson.pk, "action_name": "unpublish"},
    "wagtailadmin_api:documents": file_arguments(get_document_model),
    "wagtailadmin_api:images": file_arguments(get_image_model),
    "wagtailadmin_explore": page_arguments,
    "wagtailadmin_pages": page_arguments,
    "wagtailadmin_choose_page": page_arguments,
    "wagtailadmin_tag": lambda world, _variant: {"app_name": "taggit", "model_name": "tag"},
    "wagtailadmin_collections": lambda world, _variant: {
        "pk": world.collection.pk,
        "collection_id": world.collection.pk,
    },
    "wagtailadmin_workflows": workflow_arguments,
    "admin/workflows": workflow_arguments,
    "wagtailadmin_editing_sessions": lambda world, _variant: {
        "app_label": "courses",
        "model_name": "lessonpage",
        "object_id": world.draft.pk,
        "session_id": 1,
    },
    "wagtailadmin_password_reset": lambda world, _variant: {"uidb64": "MQ", "token": "c0ffee-0123"},
    "course_release": lambda world, _variant: {"page_id": world.course.pk},
    "admin/redirects": lambda _world, _variant: {"rest": "add/"},
    "wagtailredirects": lambda _world, _variant: {"redirect_id": 1},
    "admin/documents": file_arguments(get_document_model),
    "admin/settings": operator_arguments,
    "wagtailsettings": operator_arguments,
    "wagtaildocs_authenticate": lambda world, _variant: {"restriction_id": world.collection_password.pk},
    "wagtaildocs": file_arguments(get_document_model),
    "wagtailimages": file_arguments(get_image_model),
    "wagtailsnippets_quizzes_question": question_arguments,
    "wagtailsnippetchoosers_quizzes_question": question_arguments,
    "wagtailsnippet": lambda world, _variant: {"pk": world.statement.pk},
    "regrades:begin": lambda world, _variant: {"version": world.regrade.version_id},
    "regrades:revert": lambda world, _variant: {"pk": world.applied_regrade.pk},
    "regrades": lambda world, _variant: {"pk": world.regrade.pk},
    "marking:take": lambda world, _variant: {"version": world.marking.script.item.version_id},
    "marking": lambda world, _variant: {"pk": world.marking.pk},
    "accommodations": lambda world, variant: {"pk": world.records[variant].accommodation.pk},
    "attempts": lambda world, variant: {"pk": world.records[variant].finished_attempt.pk},
    "register:try_again": lambda world, variant: {"pk": world.records[variant].failed_certificate.pk},
    "register": lambda world, variant: {"pk": world.records[variant].certificate.pk},
    "emails": lambda world, _variant: {"pk": world.failed_email.pk},
    "facilities": lambda world, variant: {"pk": world.records["kenya"].facility.pk},
    "roles": lambda world, variant: {"pk": world.people.rosa.scopes.get().pk},
    "wagtailusers_users": lambda world, _variant: {"pk": world.people.amina.pk},
    "wagtailusers_groups": lambda world, _variant: {"pk": world.group.pk},
    "wagtailsites": lambda world, _variant: {"pk": world.site.pk},
    "standards:section": lambda world, _variant: {
        "slug": world.statement.edition.slug,
        "code": world.statement.section.code,
    },
    "standards": lambda world, _variant: {
        "slug": world.statement.edition.slug,
        "code": world.statement.code,
    },
    "certificates": lambda world, variant: {"code": world.records[variant or "kenya"].certificate.shown_code},
    "quizzes:start": lambda world, variant: {
        "enrolment": world.records[variant].enrolment.uuid,
        "quiz": world.quiz.translation_key,
    },
    "quizzes:result": lambda world, variant: {"attempt": world.records[variant].finished_attempt.uuid},
    "quizzes:report": lambda world, variant: {
        "attempt": world.records[variant].finished_attempt.uuid,
        "position": 1,
    },
    "quizzes:rehearse": preview_arguments,
    "quizzes": attempt_arguments,
    "copy_file": lambda world, variant: {"copy": world.records[variant].copy.uuid},
    "erase_person": lambda world, _variant: {"pk": world.people.amina.pk},
    "join": lambda world, _variant: {"course_key": world.other_course.translation_key},
    "renew": lambda world, variant: {"enrolment": world.records[variant].completed_enrolment.uuid},
    "leave": learning_arguments,
    "confirm_notice": learning_arguments,
    "withdraw_report": learning_arguments,
    "problems": lambda world, _variant: {"pk": world.records["kenya"].problem.pk},
    "step_": learning_arguments,
    "wagtailcore_authenticate": lambda world, _variant: {
        "page_view_restriction_id": world.page_password.pk,
        "page_id": world.other_lesson.pk,
    },
}
