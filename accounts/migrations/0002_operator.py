"""Create the operator. It cannot be in the first migration: it points to Wagtail's tables, which point to people."""

import accounts.printable
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('wagtailcore', '0098_apitoken'),
        ('wagtailimages', '0027_image_description'),
    ]

    operations = [
        migrations.CreateModel(
            name='Operator',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(default='National Training Centre', max_length=150, validators=[accounts.printable.check_printable], verbose_name='name of the organisation')),
                ('site_name', models.CharField(default='Plumbline', max_length=60, verbose_name='name of the site')),
                ('accent', models.CharField(default='#0d5a63', max_length=7, verbose_name='accent colour, light theme')),
                ('accent_dark', models.CharField(default='#84cbd0', max_length=7, verbose_name='accent colour, dark theme')),
                ('contact', models.EmailField(blank=True, max_length=254, verbose_name='address for questions')),
                ('logo', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailimages.image', verbose_name='logo')),
                ('site', models.OneToOneField(editable=False, on_delete=django.db.models.deletion.CASCADE, to='wagtailcore.site')),
            ],
            options={
                'verbose_name': 'operator',
            },
        ),
    ]
