// Streamlit sends a component's source with every tick, so this is small. What draws the component is a file of the server, which
// the browser caches. Its URL changes with its content, so a page that stays open during an update loads the new file.
const RETRY_MS = 1000;
let library;
let path;

export default async function (component) {
  if (path !== component.data.library) {
    path = component.data.library;
    library = load(path);
  }
  return (await library).render(component);
}

// A browser remembers that a module could not be loaded, so each retry has another URL.
async function load(file, tries = 0) {
  try {
    return await import(new URL(file + (tries ? `?try=${tries}` : ""), document.baseURI));
  } catch (error) {
    console.warn(`A part of the page could not be loaded: ${error}`);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    return load(file, tries + 1);
  }
}
