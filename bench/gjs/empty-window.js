#!/usr/bin/gjs -m
// The least that a window of Libadwaita on GJS can be.
import Adw from 'gi://Adw';

const application = new Adw.Application({ application_id: 'io.github.escproject.Esc.Empty' });
application.connect('activate', () => {
  new Adw.ApplicationWindow({ application, default_width: 720, default_height: 560 }).present();
});
application.run([]);
