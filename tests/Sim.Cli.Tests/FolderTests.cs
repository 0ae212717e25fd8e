namespace Sim.Cli.Tests;

/// <summary>Tests with a folder of their own, gone after each.</summary>
internal abstract class FolderTests
{
    /// <summary>The folder.</summary>
    protected string Folder { get; private set; } = "";

    [SetUp]
    public void MakeFolder() => Folder = Directory.CreateTempSubdirectory("meshsim-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(Folder, recursive: true);
}
