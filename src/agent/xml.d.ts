/** A file of D-Bus introspection data, bundled as text. */
declare module '*.xml' {
  const xml: string;
  export default xml;
}
