"""The address behind a door: every argument of its pattern names something real of the walk's world."""

from __future__ import annotations

import re

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from tests.access.url_patterns import Door

ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


def address(door: Door, world, case: str) -> str:
    """Where this door is, for one case of it: a country's records, a page, a bulk action."""
    arguments = arguments_of(door, world, case)
    if door.key == "wagtail_bulk_action":
        return f"{reverse(door.name, **arguments)}?id={chosen(world, case).pk}"
    if door.key == "admin/^.*/$":
        return "/admin/no/such/page/"
    if door.key == door.name:
        return reverse(door.name, **arguments)
    return "/" + ARGUMENT.sub(lambda found: str(arguments["kwargs"][found[1]]), door.route)


def asked(key: str, world) -> dict:
    """What is asked of a door behind the question mark, for those that answer nothing without it."""
    return QUESTIONS[key](world) if key in QUESTIONS else {}


def chosen(world, case: str):
    """What a bulk action is to be done to."""
    _app, model, action = case.split()
    return world.second_lesson if action == "unpublish" else CHOSEN[model](world)


def arguments_of(door: Door, world, case: str) -> dict:
    special = SPECIAL.get(door.key)
    if special:
        return special(world, case)
    names = re.findall(r"<(?:\w+:)?(\w+)>", door.route)
    if not names:
        return {}
    room = next(room for room in ROOMS if door.key.startswith(room))
    values = ROOMS[room](world, case)
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
    "test": lambda world: world.quiz,
    "a lesson nobody joined": lambda world: world.other_lesson,
    "a draft": lambda world: world.draft,
}


def page_path(world, case: str) -> dict:
    return args(PAGES[case](world).url_path.removeprefix(world.home.url_path))


def reset_link(world, _case) -> dict:
    user = world.people.amina
    return kwargs(uidb36=user_pk_to_url_str(user), key=EmailAwarePasswordResetTokenGenerator().make_token(user))


def mail_link(world, _case) -> dict:
    return kwargs(key=EmailConfirmationHMAC(EmailAddress.objects.get(verified=False)).key)


def bulk(_world, case: str) -> dict:
    app_label, model_name, action = case.split()
    return kwargs(app_label=app_label, model_name=model_name, action=action)


CHOSEN = {
    "user": lambda world: world.people.omar,  # who has joined no course cannot be deleted
    "page": lambda world: world.draft,
    "image": lambda world: world.image,
    "document": lambda world: world.document,
    "question": lambda world: world.question,
    "statement": lambda world: world.statement,
}
SPECIAL = {
    "wagtail_serve": page_path,
    "wagtaildocs_serve": lambda world, _case: args(world.document.pk, world.document.filename),
    "account_confirm_email": mail_link,
    "account_reset_password_from_key": reset_link,
    "wagtail_bulk_action": bulk,
    "wagtailadmin_pages:unpublish": lambda world, _case: kwargs(page_id=world.second_lesson.pk),
    "wagtailadmin_pages:convert_alias": lambda world, _case: kwargs(page_id=world.alias.pk),
    "wagtailadmin_workflows:usage": lambda world, _case: kwargs(pk=world.workflow.pk),
    "wagtailadmin_workflows:usage_results": lambda world, _case: kwargs(pk=world.workflow.pk),
    "wagtailsnippets_quizzes_question:unlock": lambda world, _case: kwargs(pk=world.locked_question.pk),
    "wagtailadmin_pages:revisions_compare": lambda world, _case: args(
        world.lesson.pk, "earliest", world.lesson.latest_revision_id
    ),
    "wagtailadmin_pages:revisions_unschedule": lambda world, _case: kwargs(
        page_id=world.lesson.pk, revision_id=world.planned.pk
    ),
    "wagtailsnippets_quizzes_question:revisions_compare": lambda world, _case: args(
        world.question.pk, "earliest", world.question.latest_revision_id
    ),
    "wagtailsnippets_quizzes_question:revisions_unschedule": lambda world, _case: kwargs(
        pk=world.question_planned.object_id, revision_id=world.question_planned.pk
    ),
}


QUESTIONS = {
    "wagtailadmin_block_preview": lambda world: {
        "id": world.lesson.body.stream_block.child_blocks["text"].definition_prefix
    },
    "wagtailadmin_api:pages:find": lambda world: {"html_path": "/"},
    "wagtailadmin_api:documents:find": lambda world: {"id": world.document.pk},
    "wagtailadmin_api:images:find": lambda world: {"id": world.image.pk},
}


def of_pages(world, _case) -> dict:
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


def of_questions(world, _case) -> dict:
    return {
        "pk": world.question.pk,
        "revision_id": world.question_revision.pk,
        "action_name": "approve",
        "task_state_id": world.question.current_workflow_task_state.pk,
        "task_id": world.task.pk,
        "workflow_state_id": world.question_review.pk,
    }


def of_learning(world, case: str) -> dict:
    thing = world.things[case]
    return {"enrolment": thing.enrolment.uuid, "step": world.lesson.translation_key}


def of_rehearsals(world, _case: str) -> dict:
    return {"quiz": world.quiz.translation_key, "position": 1}


def of_attempts(world, case: str) -> dict:
    thing = world.things[case]
    return {"attempt": thing.running.uuid, "position": 1, "enrolment": thing.enrolment.uuid}


def of_operator(world, _case) -> dict:
    return {"app_name": "accounts", "model_name": "operator", "pk": world.site.pk}


def of_workflows(world, _case) -> dict:
    return {
        "pk": world.task.pk,
        "workflow_pk": world.workflow.pk,
        "page_pk": world.home.pk,
        "task_id": world.task.pk,
        "app_label": "wagtailcore",
        "model_name": "groupapprovaltask",
    }


def of_files(model_of):
    def values(world, _case) -> dict:
        kept = world.image if model_of is get_image_model else world.document
        names = ("pk", "image_id", "document_id", "doc_id")
        return dict.fromkeys(names, kept.pk) | {
            "uploaded_file_id": world.uploads[model_of()].pk,
            "filter_spec": "width-100",
        }

    return values


# By the beginning of a door's key; the first that fits.
ROOMS = {
    "wagtailadmin_api:pages": lambda world, _case: {"pk": world.lesson.pk, "action_name": "publish"},
    "wagtailadmin_api:documents": of_files(get_document_model),
    "wagtailadmin_api:images": of_files(get_image_model),
    "wagtailadmin_explore": of_pages,
    "wagtailadmin_pages": of_pages,
    "wagtailadmin_choose_page": of_pages,
    "wagtailadmin_tag": lambda world, _case: {"app_name": "taggit", "model_name": "tag"},
    "wagtailadmin_collections": lambda world, _case: {"pk": world.collection.pk, "collection_id": world.collection.pk},
    "wagtailadmin_workflows": of_workflows,
    "admin/workflows": of_workflows,
    "wagtailadmin_editing_sessions": lambda world, _case: {
        "app_label": "courses",
        "model_name": "lessonpage",
        "object_id": world.draft.pk,
        "session_id": 1,
    },
    "wagtailadmin_password_reset": lambda world, _case: {"uidb64": "MQ", "token": "c0ffee-0123"},
    "course_release": lambda world, _case: {"page_id": world.course.pk},
    "admin/documents": of_files(get_document_model),
    "admin/settings": of_operator,
    "wagtailsettings": of_operator,
    "wagtaildocs_authenticate": lambda world, _case: {"restriction_id": world.collection_password.pk},
    "wagtaildocs": of_files(get_document_model),
    "wagtailimages": of_files(get_image_model),
    "wagtailsnippets_quizzes_question": of_questions,
    "wagtailsnippetchoosers_quizzes_question": of_questions,
    "wagtailsnippet": lambda world, _case: {"pk": world.statement.pk},
    "regrades:begin": lambda world, _case: {"version": world.regrade.version_id},
    "regrades:revert": lambda world, _case: {"pk": world.applied_regrade.pk},
    "regrades": lambda world, _case: {"pk": world.regrade.pk},
    "marking:take": lambda world, _case: {"version": world.marking.script.item.version_id},
    "marking": lambda world, _case: {"pk": world.marking.pk},
    "accommodations": lambda world, case: {"pk": world.things[case].accommodation.pk},
    "attempts": lambda world, case: {"pk": world.things[case].sat.pk},
    "register:try_again": lambda world, case: {"pk": world.things[case].given_up.pk},
    "register": lambda world, case: {"pk": world.things[case].certificate.pk},
    "facilities": lambda world, case: {"pk": world.things["kenya"].facility.pk},
    "roles": lambda world, case: {"pk": world.people.rosa.scopes.get().pk},
    "wagtailusers_users": lambda world, _case: {"pk": world.people.amina.pk},
    "wagtailusers_groups": lambda world, _case: {"pk": world.group.pk},
    "wagtailsites": lambda world, _case: {"pk": world.site.pk},
    "standards:section": lambda world, _case: {
        "slug": world.statement.edition.slug,
        "code": world.statement.section.code,
    },
    "standards": lambda world, _case: {
        "slug": world.statement.edition.slug,
        "code": world.statement.code,
    },
    "certificates": lambda world, case: {"code": world.things[case or "kenya"].certificate.shown_code},
    "quizzes:start": lambda world, case: {
        "enrolment": world.things[case].enrolment.uuid,
        "quiz": world.quiz.translation_key,
    },
    "quizzes:result": lambda world, case: {"attempt": world.things[case].sat.uuid},
    "quizzes:rehearse": of_rehearsals,
    "quizzes": of_attempts,
    "copy_file": lambda world, case: {"copy": world.things[case].copy.uuid},
    "erase_person": lambda world, _case: {"pk": world.people.amina.pk},
    "join": lambda world, _case: {"course_key": world.other_course.translation_key},
    "renew": lambda world, case: {"enrolment": world.things[case].old.uuid},
    "leave": of_learning,
    "step_": of_learning,
    "wagtailcore_authenticate": lambda world, _case: {
        "page_view_restriction_id": world.page_password.pk,
        "page_id": world.other_lesson.pk,
    },
}
