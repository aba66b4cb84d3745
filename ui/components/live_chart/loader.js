// The only JavaScript that travels with every tick, so it stays small: Streamlit sends a component's own source each time. The
// library and the charts are a file of the server, which the browser keeps. Its address changes with its content, so a page that
// stayed open over an update loads the new one.
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

// A browser remembers that a module could not be loaded, so each further try has an address of its own.
async function load(wanted, tries = 0) {
  try {
    return await import(new URL(wanted + (tries ? `?try=${tries}` : ""), document.baseURI));
  } catch (error) {
    console.warn(`The live chart could not be loaded: ${error}`);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    return load(wanted, tries + 1);
  }
}
