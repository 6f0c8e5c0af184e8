/** What any program of GJS that waits for events takes: Gio and a main loop. */
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

Gio.File.new_for_path('/');
print('ready');
new GLib.MainLoop(null, false).run();
