/**
 * pixmaps.js SVG SIZE OUTPUT: writes the picture as StatusNotifierItem takes it, for hosts without the icon theme:
 * SIZE by SIZE pixels of 4 bytes: alpha, red, green, blue, in a grey that shows on light and on dark panels.
 */
import Gio from 'gi://Gio';
import GdkPixbuf from 'gi://GdkPixbuf';
import { programArgs } from 'system';

const grey = 0x8c;
const [svg = '', size = '', output = ''] = programArgs;

const picture = GdkPixbuf.Pixbuf.new_from_file_at_size(svg, Number(size), Number(size));
const pixels = picture.get_pixels();
const { width, height, rowstride, n_channels: channels } = picture;
const argb = new Uint8Array(4 * width * height);
for (let y = 0; y < height; y += 1)
  for (let x = 0; x < width; x += 1) {
    const alpha = pixels[y * rowstride + x * channels + 3] ?? 0;
    argb.set([alpha, grey, grey, grey], 4 * (y * width + x));
  }
Gio.File.new_for_path(output).replace_contents(argb, null, false, Gio.FileCreateFlags.NONE, null);
