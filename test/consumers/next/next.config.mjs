/** @type {import('next').NextConfig} */
export default {
  // The packages are one folder up.
  turbopack: { root: `${import.meta.dirname}/..` },
};
