# shellcheck shell=bash disable=SC2034
# Sourced by the scripts beside it: what things in the lab are called.
host=pki.example.com
instance=pki-tomcat
directory=lab
directory_port=10389
# Of the directory's manager, of the administrators and of their files.
password=Secret.123
