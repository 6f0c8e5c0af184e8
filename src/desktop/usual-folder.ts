/**
 * Where distributions put the libraries of programs.
 * @param osRelease os-release(5) of the distribution
 * @param triplet Debian's name for this kind of machine, such as x86_64-linux-gnu
 */
export function usualFolder(osRelease: string, triplet: string): string {
  const is = (name: string): boolean =>
    new RegExp(`^ID(_LIKE)?=["']?([^"'\n]* )?${name}\\b`, 'm').test(osRelease);
  if (is('debian') || is('ubuntu')) return `/usr/lib/${triplet}`;
  return is('arch') ? '/usr/lib' : '/usr/lib64';
}
