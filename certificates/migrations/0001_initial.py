import certificates.codes
import django.db.models.deletion
import django.utils.timezone
import django_countries.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Certificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('claimed', 'Claimed'), ('done', 'Done'), ('failed', 'Failed')], default='pending', editable=False, max_length=10)),
                ('due_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('claimed_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('last_error', models.CharField(blank=True, editable=False, max_length=500)),
                ('done_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('code', models.CharField(default=certificates.codes.new_code, editable=False, max_length=16, unique=True, verbose_name='code')),
                ('achievement', models.UUIDField(db_index=True, editable=False)),
                ('name', models.CharField(blank=True, max_length=150, verbose_name='name')),
                ('name_hash', models.CharField(blank=True, editable=False, max_length=64)),
                ('erased_at', models.DateTimeField(editable=False, null=True, verbose_name='erased')),
                ('course', models.CharField(max_length=255, verbose_name='course')),
                ('course_code', models.CharField(blank=True, max_length=40, verbose_name='course code')),
                ('hours', models.DecimalField(decimal_places=2, max_digits=6, verbose_name='hours')),
                ('score', models.DecimalField(decimal_places=3, max_digits=8, null=True, verbose_name='score')),
                ('max_score', models.DecimalField(decimal_places=3, max_digits=8, null=True, verbose_name='maximum score')),
                ('edition', models.CharField(max_length=120, verbose_name='edition taught')),
                ('release', models.CharField(max_length=20, verbose_name='course release')),
                ('completed_on', models.DateField(verbose_name='completed')),
                ('valid_until', models.DateField(verbose_name='valid until')),
                ('issuer', models.CharField(max_length=150, verbose_name='issued by')),
                ('language', models.CharField(choices=[('ar', 'Arabic'), ('zh-hans', 'Chinese'), ('en', 'English'), ('fr', 'French'), ('ru', 'Russian'), ('es', 'Spanish')], max_length=10, verbose_name='language')),
                ('country', django_countries.fields.CountryField(blank=True, max_length=2, verbose_name='country when issued')),
                ('issued_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='issued')),
                ('issued_on', models.DateField(editable=False, verbose_name='issued on')),
                ('time_zone', models.CharField(default='UTC', editable=False, max_length=64, verbose_name='time zone of its days')),
                ('standing', models.CharField(choices=[('prepared', 'Being prepared'), ('valid', 'Valid'), ('superseded', 'Replaced by a newer one'), ('revoked', 'Revoked')], default='valid', max_length=10, verbose_name='status')),
                ('standing_reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('standing_at', models.DateTimeField(null=True)),
                ('may_be_earned_again', models.BooleanField(default=False, editable=False)),
                ('pdf_sha256', models.CharField(blank=True, editable=False, max_length=64)),
                ('pdf_size', models.PositiveIntegerField(editable=False, null=True)),
                ('former_pdf_sha256s', models.TextField(blank=True, editable=False)),
                ('learner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='certificates', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('replaces', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='certificates.certificate')),
                ('standing_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='changed by')),
            ],
            options={
                'verbose_name': 'certificate',
                'verbose_name_plural': 'certificates',
                'ordering': ['-issued_at', '-pk'],
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('state', 'done'), _negated=True), fields=['due_at'], name='certificate_not_done'), models.Index(fields=['done_at'], name='certificate_newest'), models.Index(fields=['-issued_at', '-id'], name='certificate_newest_issued')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('standing', 'valid')), fields=('achievement',), name='one_valid_certificate'), models.CheckConstraint(condition=models.Q(models.Q(('standing', 'prepared'), _negated=True), models.Q(('erased_at', None), ('replaces__isnull', False), ('state__in', ['pending', 'claimed', 'failed'])), _connector='OR'), name='prepared_certificate_is_no_certificate_yet'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'done'), _negated=True), models.Q(('pdf_sha256', ''), _negated=True), _connector='OR'), name='ready_certificate_has_fingerprint'), models.CheckConstraint(condition=models.Q(('erased_at', None), models.Q(('country', ''), ('former_pdf_sha256s', ''), ('learner', None), ('name', ''), ('pdf_sha256', ''), ('score', None), ('time_zone', 'UTC'), models.Q(('name_hash', ''), _negated=True)), _connector='OR'), name='erased_certificate_names_nobody')],
            },
        ),
    ]
