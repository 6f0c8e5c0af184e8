import Gio from 'gi://Gio';

/** The names in a folder, sorted; none where it cannot be read. */
export function namesIn(folder: string): string[] {
  try {
    const names: string[] = [];
    const listed = Gio.File.new_for_path(folder).enumerate_children(
      Gio.FILE_ATTRIBUTE_STANDARD_NAME,
      Gio.FileQueryInfoFlags.NONE,
      null,
    );
    for (let info = listed.next_file(null); info !== null; info = listed.next_file(null))
      names.push(info.get_name());
    return names.sort();
  } catch {
    return [];
  }
}
