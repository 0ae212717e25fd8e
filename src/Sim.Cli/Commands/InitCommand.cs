using System.CommandLine;
using Sim.Reports;

namespace Sim.Cli.Commands;

/// <summary><c>meshsim init</c>: copies a pack as a start of one's own.</summary>
internal static class InitCommand
{
    private const string Default = "disaster-recovery";

    private const string Fingerprints = "expected.json";

    /// <summary>The command.</summary>
    public static Command Create(CliHost host)
    {
        Command command = new("init", "Copy a scenario pack into a folder of your own, to be changed.");
        Argument<string> pack = new("PACK")
        {
            Description = "Name of the pack; meshsim packs lists them.",
            DefaultValueFactory = static _ => Default,
        };
        Option<string> to = new("--to") { Description = "Folder to make (the pack's name).", HelpName = "DIR" };
        Option<string> from = new("--from")
        {
            Description = "Folder of packs (scenarios, or those that came with the program).",
            HelpName = "DIR",
        };
        command.Arguments.Add(pack);
        command.Options.Add(to);
        command.Options.Add(from);
        command.SetAction(parsed => Execute(
            host, parsed.GetRequiredValue(pack), parsed.GetValue(to), PackFolder.Find(parsed.GetValue(from))));
        ExamplesHelp.Attach(command,
            "meshsim init", "meshsim init four-regions --to my-regions", "meshsim packs");
        return command;
    }

    private static int Execute(CliHost host, string pack, string? to, string folder)
    {
        string? source = PackFolder.Packs(folder).FirstOrDefault(p => Path.GetFileName(p) == pack);
        if (source is null)
        {
            string known = string.Join(", ", PackFolder.Packs(folder).Select(Path.GetFileName));
            host.Error.WriteLine($"meshsim: there is no pack {pack} in {folder}"
                + (known.Length == 0 ? "" : "; one of: " + known));
            return ExitCodes.Usage;
        }

        string target = to ?? pack;
        try
        {
            if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
            {
                host.Error.WriteLine($"meshsim: {target} is there already; name another folder with --to");
                return ExitCodes.Usage;
            }

            foreach (string file in Directory.GetFiles(source, "*", SearchOption.AllDirectories)
                         .Order(StringComparer.Ordinal).Where(static f => Path.GetFileName(f) != Fingerprints))
            {
                string copy = Path.Combine(target, Path.GetRelativePath(source, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            host.Error.WriteLine($"meshsim: {target}: cannot be written: {e.Message}");
            return ExitCodes.Usage;
        }

        string quoted = NextCommands.Quote(target);
        host.Out.WriteLine($"{target}: a copy of {pack}. Next:");
        host.Out.WriteLine($"  meshsim run {quoted} --out out/before");
        host.Out.WriteLine($"  edit {NextCommands.Quote(Path.Combine(target, PackFolder.ScenarioFile))} "
            + "or the manifests beside it");
        host.Out.WriteLine($"  meshsim run {quoted} --out out/after");
        return ExitCodes.Ok;
    }
}
