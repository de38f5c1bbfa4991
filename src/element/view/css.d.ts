/** A style sheet as text: vite reads it, and minifies it in a build. */
declare module '*.css?inline' {
  const css: string;
  export default css;
}
