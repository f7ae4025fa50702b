"""Wagtail's models that hold nothing about people, as the privacy register declares them."""

from accounts.privacy_register import ModelPrivacy

TECHNICAL_RECORDS = (
    ModelPrivacy("wagtailimages.Rendition", (), "id filter_spec file width height focal_point_key image"),
    ModelPrivacy(
        "wagtailsearch.IndexEntry",
        (),
        "id content_type object_id title_norm autocomplete title body title_text body_text",
    ),
    ModelPrivacy("wagtailsearch.SQLiteFTSIndexEntry", (), "autocomplete title body index_entry"),
    ModelPrivacy("wagtailadmin.Admin", (), "id"),
    ModelPrivacy("wagtailcore.Locale", (), "id language_code"),
    ModelPrivacy("wagtailcore.Site", (), "id hostname port site_name root_page is_default_site"),
    ModelPrivacy("wagtailcore.GroupSitePermission", (), "id group site permission"),
    ModelPrivacy("wagtailcore.CollectionViewRestriction", (), "id restriction_type password collection groups"),
    ModelPrivacy("wagtailcore.Collection", (), "id path depth numchild name"),
    ModelPrivacy("wagtailcore.GroupCollectionPermission", (), "id group collection permission"),
    ModelPrivacy("wagtailcore.WorkflowContentType", (), "content_type workflow"),
    ModelPrivacy("wagtailcore.Workflow", (), "id name active"),
    ModelPrivacy("wagtailcore.WorkflowTask", (), "id sort_order workflow task"),
    ModelPrivacy("wagtailcore.Task", (), "id name content_type active"),
    ModelPrivacy("wagtailcore.GroupApprovalTask", (), "task_ptr groups"),
    ModelPrivacy("wagtailcore.GroupPagePermission", (), "id group page permission"),
    ModelPrivacy("wagtailcore.PageViewRestriction", (), "id restriction_type password page groups"),
    ModelPrivacy("wagtailcore.WorkflowPage", (), "page workflow"),
    ModelPrivacy(
        "wagtailcore.ReferenceIndex",
        (),
        "id content_type base_content_type object_id to_content_type to_object_id model_path content_path "
        "content_path_hash",
    ),
    ModelPrivacy(
        "wagtailredirects.Redirect",
        (),
        "id old_path site is_permanent redirect_page redirect_page_route_path redirect_link automatically_created "
        "created_at",
    ),
    ModelPrivacy("taggit.Tag", (), "id name slug"),
    ModelPrivacy("taggit.TaggedItem", (), "id tag content_type object_id"),
)
