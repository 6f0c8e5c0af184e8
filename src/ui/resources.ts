import Gio from 'gi://Gio';

// Templates are looked up when their classes are defined, so the resources that lie beside the bundle
// are registered on import, before any class of the window.
const besideTheBundle = Gio.File.new_for_uri(import.meta.url).get_parent();
const path = besideTheBundle?.get_child('io.github.escproject.Esc.gresource').get_path() ?? '';
Gio.Resource.load(path)._register();
