import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

/** Bytes; what is read here are short lists that people and programs write. */
const longest = 1 << 20;

/** A file's text, '' where there is none that can be read or it is too long to be what is looked for. */
export function textOf(path: string): string {
  try {
    const file = Gio.File.new_for_path(path);
    const info = file.query_info('standard::size,standard::type', Gio.FileQueryInfoFlags.NONE, null);
    // Reading a pipe that somebody left there would never end.
    if (info.get_file_type() !== Gio.FileType.REGULAR || info.get_size() > longest) return '';
    return new TextDecoder().decode(GLib.file_get_contents(path)[1]);
  } catch {
    return '';
  }
}

/** Puts the text in the file's place at once: a reader sees the old or the new, never a part. */
export function replaceText(path: string, text: string): void {
  const { PRIVATE } = Gio.FileCreateFlags;
  Gio.File.new_for_path(path).replace_contents(new TextEncoder().encode(text), null, false, PRIVATE, null);
}

export function exists(path: string): boolean {
  return GLib.file_test(path, GLib.FileTest.EXISTS);
}

export function isFolder(path: string): boolean {
  return GLib.file_test(path, GLib.FileTest.IS_DIR);
}

/** The same for every path that leads to a file, links followed; the path itself where there is no file. */
export function identityOf(path: string): string {
  try {
    const attribute = Gio.FILE_ATTRIBUTE_ID_FILE;
    const info = Gio.File.new_for_path(path).query_info(attribute, Gio.FileQueryInfoFlags.NONE, null);
    return info.get_attribute_string(attribute) ?? path;
  } catch {
    return path;
  }
}

/** What a symbolic link says, whether or not there is something there; undefined where it is no link. */
export function linkTarget(path: string): string | undefined {
  try {
    return GLib.file_read_link(path);
  } catch {
    return undefined;
  }
}
