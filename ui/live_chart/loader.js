// The only JavaScript that travels with every tick, so it stays small: Streamlit sends a component's own source each time.
// The library and the charts arrive once, inside the first batch, and are kept for as long as the page is open.
let library;

export default async function (component) {
  const { library: source } = component.data;
  if (source && !library) {
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    library = import(url);
  }
  if (library) return (await library).render(component);
  component.setStateValue("holds", []);
}
