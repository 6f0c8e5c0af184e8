import Gio from 'gi://Gio';

// Templates are looked up when their classes are defined, so the resources that lie beside the folder of the bundle's
// parts are registered on import, before any class of the window.
const parts = Gio.File.new_for_uri(import.meta.url).get_parent();
const path = parts?.get_parent()?.get_child('io.github.escproject.Esc.gresource').get_path() ?? '';
Gio.Resource.load(path)._register();
