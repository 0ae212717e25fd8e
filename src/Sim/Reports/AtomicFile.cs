using System.Text;

namespace Sim.Reports;

/// <summary>Writes files so that a reader sees either the whole old content or the whole new one.</summary>
/// <remarks>
/// The content goes to <c>NAME.partial</c> in the same folder, is flushed to the disk and renamed over the target; a
/// rename inside one folder is atomic on the file systems .NET supports. When writing fails the partial file is
/// removed and the old file stays as it was. Text is UTF-8 without a byte order mark and with LF line ends.
/// </remarks>
public static class AtomicFile
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Suffix of a file that is still being written.</summary>
    public const string PartialSuffix = ".partial";

    /// <summary>Writes text.</summary>
    /// <param name="path">Target file; its folder must exist.</param>
    /// <param name="write">Writes the content. When it throws, the target is untouched.</param>
    public static void WriteText(string path, Action<TextWriter> write) => WriteBytes(path, stream =>
    {
        using StreamWriter writer = new(stream, Utf8, bufferSize: 1 << 16, leaveOpen: true) { NewLine = "\n" };
        write(writer);
    });

    /// <summary>Writes bytes.</summary>
    /// <param name="path">Target file; its folder must exist.</param>
    /// <param name="write">Writes the content. When it throws, the target is untouched.</param>
    public static void WriteBytes(string path, Action<Stream> write)
    {
        string partial = path + PartialSuffix;
        try
        {
            using (FileStream stream = new(partial, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }
}
