/** @type {import('next').NextConfig} */
export default {
  // One folder up are the packages.
  turbopack: { root: `${import.meta.dirname}/..` },
};
