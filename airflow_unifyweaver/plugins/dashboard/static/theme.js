// The theme that Airflow's own pages have, which keep it in the storage of the browser; else the system's.
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    let chosen = null;
    try {
      chosen = localStorage.getItem("theme");
    } catch {
      // the storage is closed to this page
    }
    const dark = chosen === "dark" || (chosen !== "light" && system.matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    dispatchEvent(new Event("themechange"));
  };
  apply();
  addEventListener("storage", apply);
  system.addEventListener("change", apply);
})();
