console.error(
  'A package is not published from its folder. Run npm run pack in the root, then publish the tarballs in dist/packages.',
)
process.exitCode = 1
