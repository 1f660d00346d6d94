// Follows the theme chosen in Airflow's own interface; without one, the system's.
try {
  const theme = window.localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") {
    document.documentElement.style.colorScheme = theme;
  }
} catch (error) {
  if (!(error instanceof DOMException)) throw error;
}
