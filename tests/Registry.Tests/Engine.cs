namespace Registry.Tests;

/// <summary>The engine under test: Registry.Tests.Postgres compiles the same files for PostgreSQL.</summary>
internal static class Engine
{
    /// <summary>A place for a registry of its own.</summary>
    /// <param name="folder">Where its files lie.</param>
    public static Location Fresh(string folder) => Location.File(Path.Combine(folder, "registry.db"));

    /// <summary>The settings that lead to it.</summary>
    public static (string Name, string Value)[] Settings(Location location) => [("Registry:DataFile", location.Address)];
}
